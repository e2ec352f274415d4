/** Whether a process of this machine is there, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // Not permitted means that it exists.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
