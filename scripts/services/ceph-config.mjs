/** A Ceph that is as small as it can be: one copy, few placement groups, little cache, a sparse file as its disk. */
export function cephConfig({ cluster, monitor, port, folder }) {
  return `[global]
fsid = ${cluster}
mon_host = ${monitor}
ms_bind_msgr2 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = bluestore
osd_op_num_shards = 1
osd_op_num_threads_per_shard = 2
osd_memory_target_autotune = false
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_block_size = 21474836480
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 2000
mon_data_avail_warn = 2
mon_data_avail_crit = 1
admin_socket = ${folder}/run/$name.asok
run_dir = ${folder}/run
log_file = ${folder}/$name.log
mon_data = ${folder}/mon
osd_data = ${folder}/osd
keyring = ${folder}/keyring
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw_enable_ops_log = false
rgw_enable_usage_log = false
rgw_thread_pool_size = 32
`;
}
