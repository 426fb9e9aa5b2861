import { KEY_NAMES, type Task, type World } from './world.js';
import { underWay, type Move } from './moves.js';

/** A step as a line for a person. */

function txnText(task: Task): string {
  if (!('txn' in task)) return '';
  const { txn } = task;
  const where = txn.kind === 'remove' ? '' : ` on lease ${txn.lease}`;
  return ` (${txn.kind} ${KEY_NAMES[txn.key]}${where})`;
}

function cleanupText(task: Task): string {
  if (task.do !== 'cleanup') return '';
  const [first] = task.todo;
  return first === undefined
    ? ''
    : 'revoke' in first
      ? ` (revoke ${first.revoke})`
      : ` (remove ${KEY_NAMES[first.remove]})`;
}

const taskText = (task: Task | undefined): string =>
  task === undefined
    ? 'nothing'
    : `${task.do}${txnText(task)}${cleanupText(task)}${task.do === 'abandon' ? ` (revoke ${task.lease})` : ''}`;

function stateText(world: World, id: number): string {
  const { held, task } = world.nodes[id]!;
  const claim = held === undefined ? 'holds nothing' : `holds ${KEY_NAMES[held.key]} on lease ${held.lease}`;
  return task === undefined ? claim : `${claim}, waits for ${taskText(task)}`;
}

export function describe(before: World, move: Move, after: World): string {
  switch (move.kind) {
    case 'time passes':
      return `10 s pass (now ${after.tick * 10} s)`;
    case 'etcd ends lease':
      return `etcd ends lease ${move.lease}, its time is over`;
    case 'arrives late': {
      const late = before.late[move.index]!;
      const what = 'revoke' in late ? `revoke ${late.revoke}` : `${late.txn.kind} ${KEY_NAMES[late.txn.key]}`;
      return `etcd gets a request of node ${late.node} that nobody waits for any more: ${what}`;
    }
    case 'Flannel takes':
    case 'Flannel renews':
      return `the Flannel host ${move.kind.slice('Flannel '.length)} ${KEY_NAMES[move.key]}`;
    case 'is deleted':
      return `somebody deletes ${KEY_NAMES[move.key]}`;
    default: {
      const again = 'again' in move && move.again ? ', and is sent once more' : '';
      const what = ['call', 'carried out', 'answer', 'request lost', 'answer lost'].includes(move.kind)
        ? `${move.kind}: ${taskText(underWay(before, before.nodes[move.node]!))}${again}`
        : move.kind;
      return `node ${move.node} ${what} -> ${stateText(after, move.node)}`;
    }
  }
}
