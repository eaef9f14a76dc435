"""A genuine Dynamo worker that publishes what a file says, again whenever the file changes.

usage: genuine_worker.py NAMESPACE COMPONENT FILE
NATS_SERVER and ETCD_ENDPOINTS say where, as Dynamo reads them.
FILE is JSON: [running, slots, waiting, active blocks, total blocks, usage, hit rate].
It spins on a core, as genuine 0.5.1 workers do: whoever starts it ends it.
"""
import asyncio
import json
import sys

from dynamo.llm import ForwardPassMetrics, KvStats, WorkerMetricsPublisher, WorkerStats
from dynamo.runtime import DistributedRuntime


async def main():
    namespace, component_name, path = sys.argv[1:]
    runtime = DistributedRuntime(asyncio.get_running_loop(), False)
    component = runtime.namespace(namespace).component(component_name)
    await component.create_service()
    publisher = WorkerMetricsPublisher()
    serving = asyncio.ensure_future(publisher.create_endpoint(component))
    said = None
    while not serving.done() or serving.exception() is None:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text and text != said:
            said = text
            running, slots, waiting, active, total, usage, hit = json.loads(text)
            publisher.publish(ForwardPassMetrics(WorkerStats(running, slots, waiting),
                                                 KvStats(active, total, usage, hit), None))
        await asyncio.sleep(0.05)


asyncio.run(main())
