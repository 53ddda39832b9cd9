import { MAX_ARTIFACT_BYTES } from '@computalot/contracts';
import type { FileKind } from '../take-file/file-kind.js';

/** What an upload takes. */
export const UPLOAD: FileKind = {
  name: 'The file',
  maxBytes: MAX_ARTIFACT_BYTES,
  tooLarge: 'artifact_too_large',
  advice: 'Send the file itself as the body, with Content-Type: application/octet-stream, also when it is JSON.',
};
