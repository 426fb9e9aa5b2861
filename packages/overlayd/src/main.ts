import { OverlayError } from '@overlay/cidr';
import { loadConfig, loadSupervisor } from './config/config.js';
import type { Config } from './config/model.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { helpText } from './help.js';
import { createLogger, type Logger } from './logger.js';
import type { Running } from './run.js';
import { VERSION } from './version.js';

function fail(error: unknown): never {
  const text =
    error instanceof OverlayError
      ? `${error.code}: ${error.message}`
      : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`overlayd: ${text}\n`);
  process.exit(exitCodeOf(error));
}

/**
 * Stops once on SIGTERM or SIGINT, also when they come before the start is through; a second signal ends at once. The data plane
 * stays either way. SIGHUP has everything looked at again.
 */
function obeySignals(starting: Promise<Running>, log: Logger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(EXIT.failed);
    stopping = true;
    log.info(`${signal}: stopping; the data plane and the lease stay`);
    starting.then((running) => running.stop()).then(() => process.exit(EXIT.done), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    log.info('SIGHUP: looking at everything again');
    starting.then((running) => running.recheck(), fail);
  });
}

/** etcd, Docker and netlink libraries take longer to load than a wrong flag or --version should take. */
async function loadAndRun(config: Config, log: Logger): Promise<Running> {
  const { notifySocket, watchdogUsec } = loadSupervisor();
  const [{ runDaemon }, { createNotifier }] = await Promise.all([
    import('./run.js'),
    import('./host/notify.js'),
  ]);
  return runDaemon(config, log, createNotifier(notifySocket, watchdogUsec));
}

async function start(config: Config, log: Logger): Promise<void> {
  const starting = loadAndRun(config, log);
  obeySignals(starting, log);
  await starting;
}

async function once(config: Config, log: Logger): Promise<number> {
  if (config.command === 'dry-run') {
    const { dryRun } = await import('./dry-run.js');
    process.stdout.write(await dryRun(config, log));
    return EXIT.done;
  }
  const { cleanup } = await import('./cleanup.js');
  const { reportText } = await import('./cleanup-report.js');
  const report = await cleanup(config, log);
  process.stdout.write(reportText(report));
  return report.left.some(({ ours }) => ours) ? EXIT.failed : EXIT.done;
}

async function main(): Promise<void> {
  const { config, warnings } = loadConfig(process.argv.slice(2));
  if (config.command === 'help') return void process.stdout.write(helpText());
  if (config.command === 'version') return void process.stdout.write(`overlayd ${VERSION}\n`);
  const json = config.logFormat === 'json' || (config.logFormat === 'auto' && !process.stderr.isTTY);
  const log = createLogger({ level: config.logLevel, json, instance: config.instance });
  for (const warning of warnings) log.warn(warning);
  if (config.command === 'run') return start(config, log);
  process.exit(await once(config, log));
}

// A log whose reader is gone (EPIPE) must not end the network's daemon.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
// Deprecation warnings concern developers; a server reached by address makes the TLS library print one (DEP0123).
process.noDeprecation = true;
process.on('unhandledRejection', fail);
main().catch(fail);
