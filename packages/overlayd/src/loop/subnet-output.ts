import type { NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';
import { writeSubnetFile, writeSubnetRecord, type SubnetFileTarget } from './subnet-file.js';

/** Keeps subnet.env and the record of it. Without the record containers have their subnet all the same; it is only a problem. */
export class SubnetOutput {
  /** subnet.env is as it should be. */
  written = false;

  constructor(
    private readonly target: SubnetFileTarget,
    private readonly problems: Problems,
  ) {}

  write(node: NodePlan): void {
    this.written = this.attempt('subnet-file', () => writeSubnetFile(this.target, node));
    this.attempt('subnet-record', () => writeSubnetRecord(this.target, node));
  }

  private attempt(source: string, work: () => unknown): boolean {
    try {
      work();
      this.problems.clear(source);
      return true;
    } catch (error) {
      this.problems.setError(source, error);
      return false;
    }
  }
}
