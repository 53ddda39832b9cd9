import type { FileKind } from '../take-file/file-kind.js';

/** What a push takes; its bytes are counted compressed. */
export const ARCHIVE: FileKind = {
  name: 'The archive',
  maxBytes: 1_000_000_000,
  tooLarge: 'archive_too_large',
  advice: 'Send the tar.gz itself as the body, with Content-Type: application/gzip.',
};
