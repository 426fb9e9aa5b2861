export { type Capture, capture, captureAt, type CapturePlace } from './capture.js';
export { Cluster, type ClusterOptions, createCluster, openCluster, sweep } from './cluster.js';
export { type CommandOptions, type CommandResult, run, tryRun } from './command.js';
export { Container, type ContainerSpec } from './container.js';
export {
  aimedAgain,
  CHANGING_CALLS,
  type DaemonStep,
  daemonSteps,
  hitStep,
  INJECTED,
  spread,
} from './crash-trace.js';
export { Daemon, type DaemonSpec } from './daemon.js';
export { type Docker28, prepareDocker28 } from './docker28.js';
export { type DockerVersion, Engine } from './engine.js';
export { Etcd, type EtcdOptions } from './etcd.js';
export { checkHistory, type HistoryEvent } from './history.js';
export { type History, type HistoryRecorder, recordHistory } from './history-recorder.js';
export { Host } from './host.js';
export { allFlows, liveHost, type LiveHost, waitUntilMoved, waitUntilSending } from './live.js';
export { Pod, type PodSpec } from './pod.js';
export { everyChange } from './every-change.js';
export { type Flow, type FlowOptions, type FlowResult, lossTimes, runFlows } from './flows.js';
export { IMAGE } from './image.js';
export { Overlayd, type OverlaydOptions } from './overlayd.js';
export { OUTSIDE_ADDRESS, OUTSIDE_ADDRESS6 } from './topology.js';
export { runDemo } from './demo/index.js';
export { runEtcd } from './local-etcd/index.js';
export type { Io } from './io.js';
export { prepareVm, type VmImage } from './vm/prepare.js';
export { runInVm, type VmOptions } from './vm/run.js';
export { scenariosToRunAgain, type ScenarioResult } from './vm/again.js';
