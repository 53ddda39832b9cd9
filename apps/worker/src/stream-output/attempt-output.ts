import type { LiveOutput, LiveStream } from './live-output.service.js';
import { ProgressFilter } from './progress-filter.js';
import type { OutputSpool } from './output-spool.js';
import { RecordedStream } from './recorded-stream.js';

export interface AttemptOutputOptions {
  readonly jobId: string;
  readonly index: number;
  readonly attempt: number;
  readonly live: LiveOutput;
  readonly openSpool: (stream: 'stdout' | 'stderr') => OutputSpool;
}

/** Both output streams of an attempt: recorded for the report, shown live, progress lines taken out. Made at the first byte. */
export class AttemptOutput {
  readonly stdout: RecordedStream;
  readonly stderr: RecordedStream;
  /** JSON text of the latest progress object. */
  progress: string | undefined;
  private readonly filter: ProgressFilter;
  private readonly liveStdout: LiveStream;
  private readonly liveStderr: LiveStream;

  constructor(private readonly options: AttemptOutputOptions) {
    const { jobId, index, attempt } = options;
    this.liveStdout = { jobId, index, attempt, stream: 'stdout' };
    this.liveStderr = { jobId, index, attempt, stream: 'stderr' };
    this.stdout = new RecordedStream(() => options.openSpool('stdout'));
    this.stderr = new RecordedStream(() => options.openSpool('stderr'));
    this.filter = new ProgressFilter({
      onBytes: (data) => this.record(this.stdout, this.liveStdout, data),
      onProgress: (json) => {
        this.progress = json;
        options.live.latestProgress(this.liveStdout, json);
      },
    });
  }

  push(stream: 0 | 1, data: Buffer): void {
    if (stream === 0) this.filter.push(data);
    else this.record(this.stderr, this.liveStderr, data);
  }

  /** No byte comes any more. */
  end(): void {
    this.filter.end();
  }

  get spools(): OutputSpool[] {
    return [this.stdout.spool, this.stderr.spool].filter((spool) => spool !== undefined);
  }

  private record(recorded: RecordedStream, live: LiveStream, data: Buffer): void {
    const offset = recorded.size;
    recorded.push(data);
    this.options.live.bytes(live, offset, data);
  }
}
