import { Injectable } from '@nestjs/common';

/** Whether this worker takes new work. Owned by `DrainWorker`. */
@Injectable()
export class DrainState {
  isDraining = false;
}
