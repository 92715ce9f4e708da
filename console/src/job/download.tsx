import type { ComponentChildren } from "preact";
import { send } from "../api/send";
import { useAction } from "../parts/action";
import { Button } from "../parts/button";
import { ProblemNotice } from "../parts/problem-notice";
import { saveFile } from "../parts/save-file";

interface DownloadProps {
  /** The address, as the API answers it. */
  url: string;
  /** The name of the file on the reader's disk. */
  name: string;
  /** What a screen reader says, where it is more than what is seen. */
  label?: string;
  children: ComponentChildren;
}

/** A button that downloads a file with the user's token: by a link, the token would stand in an address. */
export function Download({ url, name, label, children }: DownloadProps) {
  const { busy, problem, run } = useAction(async () => saveFile(await (await send(url)).blob(), name));
  return (
    <>
      <Button busy={busy} {...(label && { label })} onClick={() => void run()}>{children}</Button>
      <ProblemNotice problem={problem} />
    </>
  );
}
