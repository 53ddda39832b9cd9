/** What a job keeps from being taken away while it needs it. What is added after the release is given back at once. */
export class Holdings {
  private readonly releases: (() => void)[] = [];
  private isReleased = false;

  add(release: () => void): void {
    if (this.isReleased) release();
    else this.releases.push(release);
  }

  readonly release = (): void => {
    this.isReleased = true;
    for (const release of this.releases.splice(0)) release();
  };
}
