import { describe, expect, test } from '@jest/globals';
import { createLiveFeed } from '../create-live-feed.js';
import { defaultFeedLimits } from '../feed-limits.js';
import { liveFeedConformance, progress } from '../live-feed.conformance.js';
import { FeedHub } from './feed-hub.js';

const limits = { maxEntries: 200, minEntries: 64, maxBytes: 1024 * 1024 };

describe('the in-process feed conforms', () => {
  liveFeedConformance(() => createLiveFeed({ url: 'inproc:conformance', limits }));
});

describe('the in-process feed', () => {
  test('names are apart; the last handle to close forgets', async () => {
    const [a, again, b] = ['inproc:a', 'inproc:a', 'inproc:b'].map((url) => createLiveFeed({ url }));
    a!.append('job', [progress(1)]);
    expect(await again!.tail('job')).not.toBeNull();
    expect(await b!.tail('job')).toBeNull();
    await a!.close();
    expect(await again!.tail('job')).not.toBeNull();
    await again!.close();
    const later = createLiveFeed({ url: 'inproc:a' });
    expect(await later.tail('job')).toBeNull();
    await later.close();
    await b!.close();
  });

  test('an unknown scheme is refused at once', () => {
    expect(() => createLiveFeed({ url: 'kafka://x' })).toThrow('unknown scheme');
  });

  test('all feeds together stay within bounds: the least lately written go first, and their readers are told', () => {
    const hub = new FeedHub({ ...defaultFeedLimits, maxTotalBytes: 64 * 1024 });
    const chunk = {
      kind: 'output',
      index: 0,
      attempt: 1,
      stream: 'stdout',
      offset: 0,
      data: 'x'.repeat(10_000),
    } as const;
    const followed = {
      jobId: 'job-0',
      onEntries: () => undefined,
      onError: () => undefined,
      cursor: null,
      closed: false,
    };
    hub.follow(followed);
    for (let job = 0; job < 20; job++) hub.append(`job-${job}`, [chunk]);
    const place = hub.tail('job-19');
    const kept = Array.from({ length: 20 }, (_, job) => hub.tail(`job-${job}`) !== null);
    expect(kept.filter(Boolean)).toHaveLength(6);
    expect([kept[0], kept[1], kept[19]]).toEqual([true, false, true]);
    for (let job = 20; job < 40; job++) hub.append(`job-${job}`, [chunk]);
    hub.append('job-19', [chunk]);
    expect(hub.read('job-19', place, 10).gap).toBe(true);
    hub.close();
  });

  test('idle feeds are forgotten, followed ones stay', () => {
    let now = 1_000_000;
    const hub = new FeedHub(defaultFeedLimits, () => now);
    hub.append('idle', [progress(1)]);
    hub.append('followed', [progress(1)]);
    const follower = {
      jobId: 'followed',
      onEntries: () => undefined,
      onError: () => undefined,
      cursor: null,
      closed: false,
    };
    hub.follow(follower);
    now += 3_599_000;
    hub.append('busy', [progress(1)]);
    expect(hub.dropIdle()).toBe(0);
    now += 1_000;
    expect(hub.dropIdle()).toBe(1);
    expect(hub.tail('idle')).toBeNull();
    expect(hub.tail('followed')).not.toBeNull();
    hub.unfollow(follower);
    expect(hub.dropIdle()).toBe(1);
    hub.close();
  });

  test('a position of an earlier process is a gap, however far this one has come', () => {
    const before = new FeedHub(defaultFeedLimits, Date.now, 1_000);
    before.append('job', [progress(1), progress(2)]);
    const position = before.tail('job');
    before.close();
    const after = new FeedHub(defaultFeedLimits, Date.now, 2_000);
    after.append(
      'job',
      Array.from({ length: 10 }, (_, n) => progress(n)),
    );
    const page = after.read('job', position, 100);
    expect(page.gap).toBe(true);
    expect(page.entries.length).toBe(10);
    after.close();
  });
});
