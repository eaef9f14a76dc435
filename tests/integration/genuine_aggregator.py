"""The genuine KvMetricsAggregator, read until it lists enough workers; then its view as JSON.

usage: genuine_aggregator.py NAMESPACE COMPONENT WORKERS     (NATS_SERVER as Dynamo reads it)
"""
import asyncio
import json
import os
import sys

from dynamo.llm import KvMetricsAggregator
from dynamo.runtime import DistributedRuntime


async def main():
    namespace, component_name, workers = sys.argv[1:]
    # Static: it needs no etcd to read.
    runtime = DistributedRuntime(asyncio.get_running_loop(), True)
    aggregator = KvMetricsAggregator(runtime.namespace(namespace).component(component_name))
    for _ in range(100):
        metrics = await aggregator.get_metrics()
        if len(metrics.endpoints) >= int(workers):
            break
        await asyncio.sleep(0.1)
    view = {str(e.worker_id): [e.request_active_slots, e.request_total_slots,
                               e.num_requests_waiting, e.kv_active_blocks, e.kv_total_blocks,
                               e.gpu_cache_usage_perc, e.gpu_prefix_cache_hit_rate]
            for e in metrics.endpoints}
    print("VIEW " + json.dumps({"workers": view, "load_avg": metrics.load_avg}), flush=True)
    # Its threads outlive the interpreter, whose orderly end crashes in them every other time.
    os._exit(0)


asyncio.run(main())
