/** `attachment` with the file's name: plain ASCII for old clients, RFC 8187 for the others. Safe for any input. */
export function attachmentNamed(filename: string): string {
  const clean = filename.replace(/[\u0000-\u001f\u007f]|\p{Surrogate}/gu, '_');
  const ascii = clean.replace(/[^\x20-\x7e]|["\\%/]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeRfc8187(clean)}`;
}

function encodeRfc8187(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
