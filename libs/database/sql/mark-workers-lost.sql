UPDATE workers SET state = 'lost' WHERE id = ANY ($1::uuid[]) AND state IN ('ready', 'draining')
