import { api } from "../api/client";
import { Page } from "../parts/page";
import { ProblemNotice } from "../parts/problem-notice";
import { Loading } from "../parts/progress";
import { useResource } from "../parts/resource";
import { accountWords } from "../words/account";
import "./account.css";
import { Deletion } from "./deletion";
import { PasswordForm } from "./password-form";
import { ProfileForm } from "./profile-form";
import { QuotasSection } from "./quotas-section";

/** The user's own account. */
export default function AccountScreen() {
  const { data: user, problem, reload } = useResource((signal) => api.get("/auth/me", { signal }), []);
  return (
    <Page title={accountWords.title}>
      <ProblemNotice problem={problem} onRetry={reload} />
      {user === null && problem === null && <Loading />}
      {user && (
        <div class="account">
          <ProfileForm user={user} />
          <div>
            <QuotasSection quotas={user.quotas} />
            <PasswordForm userId={user.id} />
            <Deletion userId={user.id} />
          </div>
        </div>
      )}
    </Page>
  );
}
