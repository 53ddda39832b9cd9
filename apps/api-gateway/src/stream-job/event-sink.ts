/** Where a stream of events goes. Writing never waits. */
export interface EventSink {
  readonly isClosed: boolean;
  /** The reader has fallen too far behind: nothing more should be sent before it has taken what waits. */
  readonly isFull: boolean;
  /** `data` is JSON text. */
  send(event: string, id: string, data: string): void;
  /** When the reader has taken everything, or is gone. */
  drained(): Promise<void>;
  /** Nothing more comes: after an `end` there is nothing more to say, before it the reader should come back with its last id. */
  close(): void;
}
