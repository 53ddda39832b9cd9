import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { SHA256 } from './begin-upload.dto.js';

/** Body of `POST /artifacts/external`. */
export class ExternalArtifactDto {
  @ApiProperty({
    format: 'uri',
    maxLength: 2048,
    description: 'Where the file lies: http or https, without a user or a password. Private addresses are refused.',
  })
  @IsString()
  @MaxLength(2048)
  url!: string;

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    pattern: SHA256.source,
    description: 'Of the file, in hex. Whoever reads the whole file then gets these bytes or an error.',
  })
  @IsOptional()
  @Matches(SHA256, { message: 'sha256 must be 64 lower-case hex digits' })
  sha256?: string | null;

  @ApiProperty({ minLength: 1, description: 'Name of the file, without folders: at most 255 bytes of UTF-8.' })
  @IsString()
  filename!: string;
}
