import { SecretMask } from '../mask-secrets/mask-secrets.js';
import type { LiveOutput } from './live-output.service.js';
import { LiveStream } from './live-stream.js';
import { ProgressFilter } from './progress-filter.js';
import type { OutputSpool } from './output-spool.js';
import { RecordedStream } from './recorded-stream.js';

export interface AttemptOutputOptions {
  readonly jobId: string;
  readonly index: number;
  readonly attempt: number;
  readonly live: LiveOutput;
  readonly openSpool: (stream: 'stdout' | 'stderr') => OutputSpool;
  /** Values of secrets that no reader is to see; none for most jobs. */
  readonly masked?: readonly Buffer[];
}

/** Both output streams of an attempt: recorded for the report, shown live, progress lines taken out. Made at the first byte. */
export class AttemptOutput {
  readonly stdout: RecordedStream;
  readonly stderr: RecordedStream;
  /** JSON text of the latest progress object. */
  progress: string | undefined;
  private readonly filter: ProgressFilter;
  private readonly masks: readonly [SecretMask, SecretMask] | null;
  private readonly liveStdout: LiveStream;
  private readonly liveStderr: LiveStream;

  constructor(private readonly options: AttemptOutputOptions) {
    const { jobId, index, attempt } = options;
    this.liveStdout = new LiveStream({ jobId, index, attempt, stream: 'stdout' });
    this.liveStderr = new LiveStream({ jobId, index, attempt, stream: 'stderr' });
    this.stdout = new RecordedStream(() => options.openSpool('stdout'));
    this.stderr = new RecordedStream(() => options.openSpool('stderr'));
    this.filter = new ProgressFilter({
      onBytes: (data) => this.record(this.stdout, this.liveStdout, data),
      onProgress: (json) => {
        this.progress = json;
        options.live.latestProgress(this.liveStdout, json);
      },
    });
    const { masked } = options;
    const unmasked = [(data: Buffer) => this.take(0, data), (data: Buffer) => this.take(1, data)] as const;
    this.masks = masked?.length ? [new SecretMask(masked, unmasked[0]), new SecretMask(masked, unmasked[1])] : null;
  }

  push(stream: 0 | 1, data: Buffer): void {
    if (this.masks) this.masks[stream].push(data);
    else this.take(stream, data);
  }

  /** No byte comes any more. */
  end(): void {
    this.masks?.forEach((mask) => mask.end());
    this.filter.end();
    this.options.live.end([this.liveStdout, this.liveStderr]);
  }

  get spools(): OutputSpool[] {
    return [this.stdout.spool, this.stderr.spool].filter((spool) => spool !== undefined);
  }

  private take(stream: 0 | 1, data: Buffer): void {
    if (stream === 0) this.filter.push(data);
    else this.record(this.stderr, this.liveStderr, data);
  }

  private record(recorded: RecordedStream, live: LiveStream, data: Buffer): void {
    const offset = recorded.size;
    recorded.push(data);
    this.options.live.bytes(live, offset, data);
  }
}
