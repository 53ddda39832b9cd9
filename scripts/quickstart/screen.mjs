// Lines above, one progress bar below; on anything that is no terminal, lines only.
const WIDTH = 32;

export class Screen {
  #bar = '';
  #shown = -1;

  constructor(stream) {
    this.stream = stream;
  }

  /** A line (or several) that stays. */
  line(text) {
    this.#clear();
    this.stream.write(`${text}\n`);
    this.#draw();
  }

  /** Replaces the bar; without a terminal a line, when another task is done. */
  progress({ done, total, note }) {
    const filled = total > 0 ? Math.round((done / total) * WIDTH) : 0;
    const bar = `[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${done}/${total} tasks ${note}`;
    if (bar === this.#bar) return;
    this.#clear();
    this.#bar = bar;
    if (this.stream.isTTY) this.#draw();
    else if (done !== this.#shown) this.stream.write(`${bar}\n`);
    this.#shown = done;
  }

  /** Leaves the bar where it is and writes below it from now on. */
  done() {
    if (this.stream.isTTY && this.#bar) this.stream.write('\n');
    this.#bar = '';
  }

  #clear() {
    if (this.stream.isTTY && this.#bar) this.stream.write('\r\x1b[2K');
  }

  #draw() {
    if (this.stream.isTTY && this.#bar) this.stream.write(this.#bar.slice(0, (this.stream.columns ?? 80) - 1));
  }
}
