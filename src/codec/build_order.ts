/**
 * The order in which nodes of a graph can be completed: each after all that it leads to, circles as one.
 *
 * Tarjan's strongly connected components (SIAM J. Comput. 1(2), 1972), which come out in that order, without recursion.
 */

/** The nodes in an order of completion, and which of them are part of a circle. */
export interface BuildOrder {
  readonly order: readonly number[];
  readonly circular: ReadonlySet<number>;
}

/** The build order of the nodes `0` to `count - 1`, of which each leads to the ones that `next` gives. */
export function buildOrder(count: number, next: (node: number) => readonly number[]): BuildOrder {
  const order: number[] = [];
  const circular = new Set<number>();
  const found = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const open = new Uint8Array(count);
  const component: number[] = [];
  let clock = 0;
  for (let root = 0; root < count; root++) {
    if (found[root] !== -1) continue;
    const path: { node: number; edges: readonly number[]; at: number }[] = [];
    const enter = (node: number): void => {
      found[node] = low[node] = clock++;
      open[node] = 1;
      component.push(node);
      path.push({ node, edges: next(node), at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const { node } = top;
      if (top.at < top.edges.length) {
        const to = top.edges[top.at++]!;
        if (to === node) circular.add(node);
        if (found[to] === -1) enter(to);
        else if (open[to] === 1) low[node] = Math.min(low[node]!, found[to]!);
        continue;
      }
      path.pop();
      const above = path[path.length - 1];
      if (above !== undefined) low[above.node] = Math.min(low[above.node]!, low[node]!);
      if (low[node] === found[node]) close(node);
    }
  }
  return { order, circular };

  function close(node: number): void {
    const start = component.lastIndexOf(node);
    const members = component.splice(start);
    for (const member of members) {
      open[member] = 0;
      order.push(member);
      if (members.length > 1) circular.add(member);
    }
  }
}
