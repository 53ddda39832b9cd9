import { ApiHeader } from '@nestjs/swagger';

export const ApiIfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETags, separated by commas, one of which the value must have; `*`: it must exist.',
    schema: { type: 'string' },
  });

export const ApiIfNoneMatch = () =>
  ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: '`*`: the key must not exist.',
    schema: { type: 'string', enum: ['*'] },
  });
