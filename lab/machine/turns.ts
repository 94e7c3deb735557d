const turns = new Map<string, Promise<void>>();

/** Work on one thing happens one after the other, whether what was before ended well or not. */
export function inTurn(id: string, work: () => Promise<void>): Promise<void> {
  const result = (turns.get(id) ?? Promise.resolve()).then(work);
  const settled = result.catch(() => undefined);
  turns.set(id, settled);
  void settled.then(() => turns.get(id) === settled && turns.delete(id));
  return result;
}
