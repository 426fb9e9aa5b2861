export { openFirewall, type FirewallOptions } from './firewall/open.js';
export { openKernel, LinuxKernel, type KernelOptions } from './kernel.js';
export { openHostReader, LinuxHostReader } from './host-reader.js';
export { sendDatagram } from './notify-socket.js';
export { inNamespace } from './namespace.js';
export { readSysctls } from './sysctl.js';
