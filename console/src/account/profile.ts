import type { AccountChanges, User } from "../api/models";

/** The fields of an account that its user changes in the form. */
export type ProfileField = "username" | "email" | "full_name" | "bio";
/** What the form holds: an empty text is a field without a value. */
export type Profile = Readonly<Record<ProfileField, string>>;

/** Return what the form holds of a user. */
export function profileOf({ username, email, full_name, bio }: Pick<User, ProfileField>): Profile {
  return { username, email: email ?? "", full_name: full_name ?? "", bio: bio ?? "" };
}

/** Return what a form changes of a user: a field that stays is left out, and an emptied one becomes null. */
export function changesOf(user: Pick<User, ProfileField>, form: Profile): AccountChanges {
  const before = profileOf(user);
  const changed = (Object.keys(before) as ProfileField[]).filter((name) => form[name] !== before[name]);
  return Object.fromEntries(changed.map((name) => [name, name === "username" ? form[name] : form[name] || null]));
}
