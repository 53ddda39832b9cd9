const id = 'art_01k66jwz0sfmhvr1a2b3c4d5e7';
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const expires_at = '2026-01-31T13:00:00.000Z';

/** Examples of uploads that go past the API, by the name of their schema. */
export const uploadExamples = {
  DirectUploadDto: { sha256, size: 4, filename: 'model.bin' },
  MultipartUploadDto: { sha256, size: 150_000_000, filename: 'model.bin' },
  ExternalArtifactDto: { url: 'https://data.example.com/prices.parquet', sha256, filename: 'prices.parquet' },
  SignPartsDto: { part_numbers: [1, 2, 3] },
  DirectUpload: { id, status: 'open', upload_url: 'https://files.example.com/…', headers: {}, expires_at },
  Upload: {
    id,
    status: 'open',
    part_bytes: 16_777_216,
    part_count: 9,
    parts: [{ part_number: 1, size_bytes: 16_777_216 }],
    detail: null,
  },
  SignedParts: { parts: [{ part_number: 2, upload_url: 'https://files.example.com/…' }], expires_at },
};
