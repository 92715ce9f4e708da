/** Return the results of a task for each item, in the order of the items; at most so many are under way at once. */
export async function inLanes<T, R>(
  lanes: number,
  items: AsyncIterable<T> | Iterable<T>,
  task: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const numbered = withNumbers(items);
  const lane = async () => {
    for (let next = await numbered.next(); !next.done; next = await numbered.next()) {
      const [number, item] = next.value;
      results[number] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** A generator gives each item to one of those who ask, in the order in which they ask. */
async function* withNumbers<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<[number, T]> {
  let number = 0;
  for await (const item of items) {
    yield [number++, item];
  }
}
