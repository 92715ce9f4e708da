import { number } from "../words/formats";
import { partsWords } from "../words/parts";
import { Button } from "./button";

interface PagingProps {
  /** How many entries come before this page. */
  skip: number;
  /** How many entries a page has. */
  limit: number;
  /** How many entries this page has. */
  count: number;
  /** How many there are, where that is known: else a full page may have a next one. */
  total?: number;
  onSkip: (skip: number) => void;
}

/** The way to the page before and the page after. */
export function Paging({ skip, limit, count, total, onSkip }: PagingProps) {
  const hasNext = total === undefined ? count >= limit : skip + count < total;
  if (skip === 0 && !hasNext) {
    return null;
  }
  const [first, last] = [number(count ? skip + 1 : skip), number(skip + count)];
  return (
    <nav class="paging" aria-label={partsWords.paging}>
      <Button disabled={skip === 0} onClick={() => onSkip(Math.max(0, skip - limit))}>{partsWords.previous}</Button>
      <span>{total === undefined ? partsWords.range(first, last) : partsWords.rangeOf(first, last, number(total))}</span>
      <Button disabled={!hasNext} onClick={() => onSkip(skip + limit)}>{partsWords.next}</Button>
    </nav>
  );
}
