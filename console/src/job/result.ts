/** A point in voxels (column, row, slice) or in LPS mm, as the name of the field says. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** CT numbers of the voxels of a finding. */
export interface Hounsfield {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** A region, detected or supplied. The fields of the original contract are always there; analyses of before may lack the others. */
export interface Finding {
  readonly type: string;
  readonly volume: number;
  readonly location: Position;
  readonly confidence: number | null;
  readonly id?: string;
  readonly source?: "detected" | "supplied";
  readonly volume_ml?: number;
  readonly location_lps_mm?: Position;
  readonly slices?: { readonly first: number; readonly last: number };
  readonly long_axis_mm?: number;
  readonly short_axis_mm?: number;
  readonly axes_mm?: readonly number[];
  readonly hu?: Hounsfield | null;
  readonly truncated?: boolean;
  readonly lossy?: boolean;
  readonly gap?: boolean;
}

/** A named number with a UCUM unit ("1": dimensionless). */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
}

/** Where the numbers come from. */
export interface Provenance {
  readonly analyzer_version: string;
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>> | null;
  readonly input_sha256: string;
  readonly libraries: Readonly<Record<string, string>>;
  readonly tags_used: Readonly<Record<string, unknown>>;
  readonly reused_from: string | null;
}

/** The series that were read. */
export interface SeriesReport {
  readonly analysed: {
    readonly modality: string;
    readonly columns: number;
    readonly rows: number;
    readonly slices: number;
    readonly spacing_mm: readonly number[];
  };
  readonly not_analysed: readonly { readonly reason: string }[];
}

/** The result of an analysis, `results_payload` of the API: OpenAPI leaves its fields open. */
export interface Result {
  readonly summary: {
    readonly total_volume?: number;
    readonly lesions_count?: number;
    readonly confidence?: number | null;
  };
  readonly findings: readonly Finding[];
  readonly metrics: readonly Metric[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly series: SeriesReport | null;
  readonly files: { readonly used: number; readonly ignored: Readonly<Record<string, number>> } | null;
  readonly provenance: Provenance | null;
  readonly notice: string;
}

const EMPTY: Result = {
  summary: {},
  findings: [],
  metrics: [],
  warnings: [],
  series: null,
  files: null,
  provenance: null,
  notice: "",
};

/** Return the result that a payload holds; what it lacks is empty. */
export function resultOf(payload: Readonly<Record<string, unknown>>): Result {
  return { ...EMPTY, ...(payload as Partial<Result>) };
}
