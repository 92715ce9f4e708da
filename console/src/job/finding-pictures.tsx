import { useEffect, useState } from "preact/hooks";
import type { Artifact } from "../api/models";
import { send } from "../api/send";
import { ProblemNotice } from "../parts/problem-notice";
import { useResource } from "../parts/resource";
import { viewerWords } from "../words/viewer";

const PICTURE = /^finding-(\d+)\.png$/;

/** The picture of each finding that has one. */
export function FindingPictures({ artifacts }: { artifacts: readonly Artifact[] }) {
  const pictures = artifacts.filter(({ name }) => PICTURE.test(name));
  return (
    <div class="pictures">
      {pictures.map(({ name, url }) => <Picture key={name} url={url} number={Number(PICTURE.exec(name)?.[1])} />)}
    </div>
  );
}

function Picture({ url, number }: { url: string; number: number }) {
  const { data, problem } = useResource(async (signal) => (await send(url, { signal })).blob(), [url]);
  const address = useAddress(data);
  if (address === null) {
    return <ProblemNotice problem={problem} />;
  }
  return (
    <figure>
      <img src={address} alt={viewerWords.pictureOf(number)} />
      <figcaption>{viewerWords.pictureOf(number)}</figcaption>
    </figure>
  );
}

function useAddress(content: Blob | null): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (content === null) {
      return undefined;
    }
    const made = URL.createObjectURL(content);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [content]);
  return address;
}
