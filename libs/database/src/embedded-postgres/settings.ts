import type { Endpoint } from './endpoint.js';

/** Server settings: durable, small, for one machine. Given on the command line, so that they follow the release and not the cluster. */
export function settingsOf(endpoint: Endpoint): Readonly<Record<string, string | number>> {
  return {
    ...listenOn(endpoint),
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '64MB',
    max_connections: 50,
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    // Nothing replicates from here.
    wal_level: 'minimal',
    max_wal_senders: 0,
    // Short statements on few cores: fewer processes, no compilation.
    io_method: 'sync',
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
  };
}

function listenOn(endpoint: Endpoint): Record<string, string | number> {
  return endpoint.kind === 'socket'
    ? {
        listen_addresses: '',
        unix_socket_directories: endpoint.folder,
        unix_socket_permissions: '0700',
        port: endpoint.port,
      }
    : { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: endpoint.port };
}
