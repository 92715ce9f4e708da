import type { components } from "./schema.generated";

type Schemas = components["schemas"];

/** A job as the API answers it. */
export type Job = Schemas["Job"];
/** Where a job stands. */
export type JobStatus = Schemas["JobStatus"];
/** The caller, with what they use of their quotas. */
export type CurrentUser = Schemas["CurrentUserOut"];
/** A user as others see them. */
export type User = Schemas["UserOut"];
/** A new user. */
export type NewUser = Schemas["RegisterBody"];
/** What a user may change of their account. */
export type AccountChanges = Schemas["ChangeUserBody"];
/** A quota: what is used of what is allowed. */
export type Quota = Schemas["QuotaOut"];
/** What a user signs in with. */
export type Credentials = Schemas["LoginBody"];
/** A file that an analysis made. */
export type Artifact = Schemas["ArtifactOut"];
/** An event of a job's history, in words. */
export type HistoryEntry = Schemas["HistoryEntry"];
/** The result of an analysis. */
export type Results = Schemas["ResultsOut"];
/** Numbers of jobs: how many, how fast, why they failed. */
export type Statistics = Schemas["StatsOut"];
/** What happened to jobs in a stretch of time until now. */
export type StatisticsWindow = Schemas["WindowOut"];
/** How long something took, in seconds. */
export type Durations = Schemas["DurationsOut"];
/** What happened to a job, a user or a file, and the state that came of it. */
export type AuditHistory = Schemas["AuditOut"];
/** An event of such a history. */
export type AuditEntry = Schemas["AuditEntryOut"];
/** Whether the events of a stream are as they were recorded. */
export type AuditVerification = Schemas["AuditVerifyOut"];
/** An event that a service could not handle. */
export type ParkedEvent = Schemas["ParkedOut"];
/** The body of an error. */
export type ProblemBody = Schemas["Problem"] | Schemas["ValidationProblem"];
