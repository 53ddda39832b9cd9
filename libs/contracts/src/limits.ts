/** Limits and intervals that two rooms must agree on. Bytes, milliseconds and seconds as the names say. */

/** HTTP body of a submission (product contract). */
export const MAX_SUBMISSION_BYTES = 10 * 1024 * 1024;
/** A file that a user uploads through the gateway (product contract). */
export const MAX_ARTIFACT_BYTES = 2_000_000_000;
/** A file that a user sends to the object store in one piece; what every S3 takes. */
export const MAX_DIRECT_BYTES = 5_000_000_000;
/** A file that is sent in parts, of which there are MAX_PARTS at most. */
export const MAX_MULTIPART_BYTES = 5_000_000_000_000;
export const MAX_PARTS = 10_000;
/** Every part but the last has this size, unless there would be too many. */
export const PART_BYTES = 16 * 1024 * 1024;
/** Parts for which one request gets URLs. */
export const MAX_SIGNED_PARTS = 500;
/** Seconds a signed transfer may be begun: long enough for a backlog of uploads, short enough to be useless when it leaks. */
export const SIGNED_FOR_S = 3_600;
/** A file whose lines are the items of a job. */
export const MAX_ITEMS_FILE_BYTES = 256 * 1024 * 1024;
/** One item in such a file. */
export const MAX_ITEM_BYTES = 1024 * 1024;
/** One value of the key-value store, as it is sent. */
export const MAX_KV_VALUE_BYTES = 64 * 1024;
/** Parts of a spec are made no larger than this, where more than one task would share a part. */
export const SPEC_PART_BYTES = 1024 * 1024;
/** Task specs up to this size ride in every assignment message; larger ones are fetched once per worker. */
export const SPEC_INLINE_BYTES = 64 * 1024;
/** Results up to this size ride in the report and live in the task row. */
export const INLINE_RESULT_BYTES = 8 * 1024;
/** Largest result accepted at all. */
export const MAX_RESULT_BYTES = 64 * 1024 * 1024;
/** Largest result shown inline by the API. */
export const MAX_SHOWN_RESULT_BYTES = 1024 * 1024;
/** Output streams up to this size ride in the report; of larger ones the tail of this size does. */
export const INLINE_OUTPUT_BYTES = 10 * 1024;
/** Output kept per stream and attempt; the middle of what is longer is cut, with a marker. */
export const MAX_STORED_OUTPUT_BYTES = 256 * 1024 * 1024;

/** How long a job and its data are kept after its end, unless the operator says otherwise. */
export const DEFAULT_RESULT_TTL_S = 30 * 24 * 3_600;

/** What one account may send to the API, and how many API keys that do not work one address may present in a minute; operators set others. */
export const DEFAULT_RATE_LIMITS = { requests: 10_000, window_s: 10, failed_authentications: 300 };

export const HEARTBEAT_INTERVAL_MS = 2_000;
/** A worker unheard of for this long is lost and its leases are given out again. */
export const WORKER_TTL_MS = 10_000;
/** A running attempt's checkpoint folder is saved this often when it has changed. */
export const CHECKPOINT_INTERVAL_MS = 30_000;
/** A larger checkpoint folder is not saved. */
export const MAX_CHECKPOINT_BYTES = 16 * 1024 ** 3;
export const MAX_CHECKPOINT_ENTRIES = 10_000;
export const SNAPSHOT_INTERVAL_MS = 5_000;
/**
 * A lease is given out again when its worker's snapshots have omitted it for this long: until then its assignment or its report may be on the way.
 */
export const LEASE_SETTLE_MS = 10_000;
export const CANCEL_GRACE_S = 10;
/** Losses of workers that a task survives. */
export const MAX_INFRASTRUCTURE_LOSSES = 5;
/** Leased tasks one worker holds at most beyond those running. */
export const MAX_BACKLOG = 512;
