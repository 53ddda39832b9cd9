/** What the groups of operations are, in the order the documentation shows them. */
export const tags: readonly { readonly name: string; readonly description: string }[] = [
  {
    name: 'projects',
    description:
      'Containers of user code, and of values that its jobs share. Push an archive; jobs run its newest revision.',
  },
  { name: 'recipes', description: 'Programs that the installation provides: users send a payload.' },
  { name: 'jobs', description: 'Submit work, see how far it is and why, cancel it.' },
  { name: 'live', description: 'Server-sent events: status, counts, progress and output as they happen.' },
  { name: 'results', description: 'What the tasks of a job produced.' },
  { name: 'artifacts', description: 'Named files, stored by their content or lying at a URL elsewhere.' },
  { name: 'account', description: 'What belongs to the account itself: its quotas, secrets and keys.' },
  {
    name: 'admin',
    description:
      'For operators: accounts, quotas, keys, profiles, workers, queues and the audit log. The only place that shows placement.',
  },
];
