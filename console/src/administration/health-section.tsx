import { api } from "../api/client";
import { Button } from "../parts/button";
import { Facts } from "../parts/facts";
import { Notice } from "../parts/notice";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { administrationWords } from "../words/administration";

/** Whether the product works. */
export function HealthSection() {
  const { data, problem, loading, reload } = useResource((signal) => api.get("/health", { signal }), []);
  return (
    <>
      <ProblemNotice problem={problem} onRetry={reload} />
      {data === null && problem === null && <Loading />}
      {data && problem === null && (
        <>
          <Notice kind={data.status === "healthy" ? "success" : "problem"}>
            {data.status === "healthy" ? administrationWords.healthy : administrationWords.unhealthy}
          </Notice>
          <Facts
            facts={[
              [administrationWords.answer, data.message],
              [administrationWords.objectStore, <code class="breakable">{data.minio_endpoint}</code>],
            ]}
          />
          <Button busy={loading} onClick={reload}>{administrationWords.refresh}</Button>
        </>
      )}
    </>
  );
}
