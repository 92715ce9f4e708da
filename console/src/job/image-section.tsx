import { useMemo } from "preact/hooks";
import type { Artifact } from "../api/models";
import { lazy } from "../parts/lazy";
import { Notice } from "../parts/notice";
import type { FindingFocus } from "../viewer/finding-focus";
import { graphics } from "../viewer/graphics";
import type { ViewerProps } from "../viewer/viewer";
import { viewerWords } from "../words/viewer";
import { FindingPictures } from "./finding-pictures";
import type { Result } from "./result";

const Viewer = lazy<ViewerProps>(() => import("../viewer/viewer"));

interface ImageSectionProps {
  artifacts: readonly Artifact[];
  result: Result;
  focus: FindingFocus;
}

/** The image with the findings, or their pictures where it can't be drawn. */
export function ImageSection({ artifacts, result, focus }: ImageSectionProps) {
  const canDraw = useMemo(() => graphics() !== "none", []);
  const files = filesOf(artifacts);
  const isCt = result.series?.analysed.modality === "CT";
  if (canDraw && files !== null) {
    return <Viewer files={files} findings={result.findings.length} isCt={isCt} focus={focus} />;
  }
  return (
    <>
      <Notice>{canDraw ? viewerWords.noImage : viewerWords.noGraphics}</Notice>
      <FindingPictures artifacts={artifacts} />
    </>
  );
}

function filesOf(artifacts: readonly Artifact[]): ViewerProps["files"] | null {
  const named = (name: string) => artifacts.find((artifact) => artifact.name === name);
  const [preview, image, mask] = [named("preview.nii.gz"), named("image.nii.gz"), named("mask.nii.gz")];
  return preview && image && mask ? { preview, image, mask } : null;
}
