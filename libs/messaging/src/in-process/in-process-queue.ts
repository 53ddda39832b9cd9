import { Fifo } from '../consuming/fifo.js';
import type { InProcessDelivery } from './in-process-delivery.js';

/** One competing consumer of a queue: takes up to `capacity` deliveries before it must settle some. */
export interface QueueMember {
  readonly capacity: number;
  push(delivery: InProcessDelivery): void;
}

interface Seat {
  readonly member: QueueMember;
  unsettled: number;
}

/** A queue shared by its consumers in turn. Bounded queues drop their oldest message for a new one. */
export class InProcessQueue {
  private readonly backlog = new Fifo<InProcessDelivery>();
  private readonly seats: Seat[] = [];
  private turn = 0;

  constructor(
    private readonly maxLength: number,
    private readonly onDrop: () => void,
  ) {}

  push(delivery: InProcessDelivery): void {
    this.backlog.push(delivery);
    this.feed();
    if (this.backlog.length <= this.maxLength) return;
    this.backlog.shift();
    this.onDrop();
  }

  join(member: QueueMember): void {
    this.seats.push({ member, unsettled: 0 });
    this.feed();
  }

  /** `returned` are deliveries the member never handled; they come before all others again. */
  leave(member: QueueMember, returned: readonly InProcessDelivery[]): void {
    const at = this.seats.findIndex((seat) => seat.member === member);
    if (at >= 0) this.seats.splice(at, 1);
    this.backlog.pushFront(returned);
    this.feed();
  }

  settled(member: QueueMember, count: number): void {
    const seat = this.seats.find((candidate) => candidate.member === member);
    if (seat) seat.unsettled -= count;
    this.feed();
  }

  get hasMembers(): boolean {
    return this.seats.length > 0;
  }

  private feed(): void {
    while (this.backlog.length > 0) {
      const seat = this.nextFreeSeat();
      if (!seat) return;
      seat.unsettled += 1;
      seat.member.push(this.backlog.shift() as InProcessDelivery);
    }
  }

  private nextFreeSeat(): Seat | undefined {
    for (let step = 0; step < this.seats.length; step++) {
      const seat = this.seats[(this.turn + step) % this.seats.length] as Seat;
      if (seat.unsettled < seat.member.capacity) {
        this.turn = (this.turn + step + 1) % this.seats.length;
        return seat;
      }
    }
    return undefined;
  }
}
