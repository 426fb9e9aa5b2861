import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A restart takes as long as the containers take to stop (10 s each by default), so it is awaited only as long as there is time. */
const RESTART_LIMIT_MS = 180_000;

/** The command that restarts Docker here, or undefined when a person has to. systemd runs where sd_booted(3) says so. */
export function restartCommand(configured: readonly string[] | undefined): readonly string[] | undefined {
  if (configured) return configured.length > 0 ? configured : undefined;
  return existsSync('/run/systemd/system') ? ['systemctl', 'restart', 'docker'] : undefined;
}

/** Runs the command; resolves with how it went, for the administrator. Never rejects. */
export function runRestart(command: readonly string[]): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { timeout: RESTART_LIMIT_MS }, (error, _stdout, stderr) => {
      if (!error) resolve('Docker was restarted just now.');
      else resolve(`${command.join(' ')} failed: ${stderr.trim() || error.message}`);
    });
  });
}
