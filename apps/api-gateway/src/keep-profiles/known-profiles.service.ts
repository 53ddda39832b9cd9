import { listProfiles, PRISMA, type PrismaClient, type ProfileRow } from '@computalot/database';
import { builtinProfiles } from '@computalot/jobs';
import { systemClock } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Profiles } from '../submit-job/read-submission.js';

/** Milliseconds after which a change made through another gateway is known here. */
const TRUSTED_MS = 2_000;

/** The profiles that submissions may name: those that always exist, and what the operator defined, which goes first. */
@Injectable()
export class KnownProfiles {
  private known: { readonly rows: Promise<ProfileRow[]>; readonly until: number } | null = null;

  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  async current(): Promise<Profiles> {
    const rows = await this.rows();
    return { ...builtinProfiles, ...Object.fromEntries(rows.map(({ name, requirements }) => [name, requirements])) };
  }

  /** After a change: the next submission reads again. */
  forget(): void {
    this.known = null;
  }

  private async rows(): Promise<ProfileRow[]> {
    const now = systemClock.now();
    if (!this.known || this.known.until <= now)
      this.known = { rows: listProfiles(this.prisma), until: now + TRUSTED_MS };
    const { known } = this;
    try {
      return await known.rows;
    } catch (error) {
      if (this.known === known) this.known = null;
      throw error;
    }
  }
}
