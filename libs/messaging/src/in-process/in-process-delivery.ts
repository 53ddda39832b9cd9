import type { Delivery } from '../consuming/delivery.js';

/**
 * A message inside the process. With `copy` the body travels as JSON text, so that sender and receiver share no object, exactly as over a
 * real broker; without it the receiver gets the sender's object and neither may change it.
 */
export class InProcessDelivery implements Delivery {
  private constructor(
    readonly type: string,
    readonly failures: number,
    readonly checked: boolean,
    private readonly text: string | null,
    private readonly value: unknown,
  ) {}

  static of(type: string, body: unknown, options: { copy: boolean; checked: boolean }): InProcessDelivery {
    const text = options.copy ? JSON.stringify(body) : null;
    return new InProcessDelivery(type, 0, options.checked, text, options.copy ? undefined : body);
  }

  afterFailures(failures: number): InProcessDelivery {
    return new InProcessDelivery(this.type, failures, this.checked, this.text, this.value);
  }

  body(): unknown {
    return this.text === null ? this.value : JSON.parse(this.text);
  }
}
