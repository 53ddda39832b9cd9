import type { ExitFrame, RunCommand } from '../drive-launchers/launcher-protocol.js';
import type { Execution, ExecutionSink, Executor } from './executor.js';

const NULL_RESULT = Buffer.from('null');

/** Starts nothing: every attempt completes at once with the result null. For measuring the platform without the price of processes. */
export class NoneExecutor implements Executor {
  async open(): Promise<void> {}

  start(_revisionDir: string | null, _command: RunCommand, sink: ExecutionSink): Execution {
    const now = Date.now();
    const exit: ExitFrame = {
      t: 'exit',
      id: 0,
      cause: 'exit',
      started: now,
      finished: now,
      code: 0,
      result: { form: 'inline', bytes: NULL_RESULT.length },
    };
    setImmediate(() => sink.onEnd(exit, NULL_RESULT));
    return nothing;
  }

  forget(): void {}

  openAside(): null {
    return null;
  }

  async close(): Promise<void> {}
}

const nothing: Execution = {
  cancel: () => undefined,
  resultPath: () => '',
  artifactPath: () => '',
  checkpointPath: () => '',
  pause: () => undefined,
  resume: () => undefined,
  finish: () => undefined,
  kill: () => undefined,
};
