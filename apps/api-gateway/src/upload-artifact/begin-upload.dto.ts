import { MAX_DIRECT_BYTES, MAX_MULTIPART_BYTES, MAX_PARTS, MAX_SIGNED_PARTS } from '@computalot/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsString, Matches, Max, Min } from 'class-validator';

export const SHA256 = /^[0-9a-f]{64}$/;

class AnnouncedFileDto {
  @ApiProperty({ pattern: SHA256.source, description: 'Of the whole file, in hex.' })
  @Matches(SHA256, { message: 'sha256 must be 64 lower-case hex digits' })
  sha256!: string;

  @ApiProperty({ minLength: 1, description: 'Name of the file, without folders: at most 255 bytes of UTF-8.' })
  @IsString()
  filename!: string;
}

/** Body of `POST /artifacts/direct`. */
export class DirectUploadDto extends AnnouncedFileDto {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_DIRECT_BYTES, description: 'Bytes of the file.' })
  @IsInt()
  @Min(0)
  @Max(MAX_DIRECT_BYTES, { message: `size must be at most ${MAX_DIRECT_BYTES}; POST /artifacts/multipart takes more` })
  size!: number;
}

/** Body of `POST /artifacts/multipart`. */
export class MultipartUploadDto extends AnnouncedFileDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_MULTIPART_BYTES, description: 'Bytes of the file.' })
  @IsInt()
  @Min(1)
  @Max(MAX_MULTIPART_BYTES)
  size!: number;
}

/** Body of `POST /artifacts/:id/parts`. */
export class SignPartsDto {
  @ApiProperty({
    type: [Number],
    minItems: 1,
    maxItems: MAX_SIGNED_PARTS,
    description: 'Numbers of parts, from 1.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SIGNED_PARTS)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(MAX_PARTS, { each: true })
  part_numbers!: number[];
}
