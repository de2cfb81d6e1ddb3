/**
 * The life of an account, through the official client: addresses, passwords, profile, deletion.
 *
 *   node drive_account.mjs VERSION ORIGIN
 *
 * The server hands out its mails at /mails. Output as of drive.mjs.
 */
import { openBrowser, origin, step, steps, version } from "./browser.mjs";

const email = `grace-${version}@example.com`;
const moved = `hopper-${version}@example.com`;
const password = "correct horse battery";
const second = "another horse battery";
const third = "yet another battery";
const grace = openBrowser();
const phone = openBrowser();

/** Returns the newest mail of a kind to an address. */
async function mail(kind, to) {
  const mails = await (await fetch(`${origin}/mails`)).json();
  return mails.filter((each) => each.kind === kind && each.to === to).at(-1) ?? null;
}

await step("sign up", grace.client.signUp.email({ name: "Grace", email, password }));
await step("cached session", grace.client.getSession());
steps["cookies"] = { data: [...grace.jar.keys()].sort(), error: null };

await step(
  "send verification",
  grace.client.sendVerificationEmail({ email, callbackURL: "/welcome" }),
);
const verification = await mail("VerificationEmail", email);
await step("verify", grace.client.verifyEmail({ query: { token: verification.token } }));
await step("verified", grace.client.getSession({ query: { disableCookieCache: true } }));

await step("update user", grace.client.updateUser({ name: "Grace H.", image: null }));
await step("updated", grace.client.getSession());
await step("update e-mail", grace.client.updateUser({ email: "x@example.com" }));

await step("phone signs in", phone.client.signIn.email({ email, password }));
await step(
  "wrong current password",
  grace.client.changePassword({ currentPassword: "wrong", newPassword: second }),
);
await step(
  "change password",
  grace.client.changePassword({
    currentPassword: password,
    newPassword: second,
    revokeOtherSessions: true,
  }),
);
await step("after the change", grace.client.getSession());
await step(
  "phone after the change",
  phone.client.getSession({ query: { disableCookieCache: true } }),
);

await step(
  "request reset",
  phone.client.requestPasswordReset({ email, redirectTo: "/set-password" }),
);
await step(
  "request reset of nobody",
  phone.client.requestPasswordReset({ email: "nobody@example.com", redirectTo: "/set-password" }),
);
await step(
  "request reset to elsewhere",
  phone.client.requestPasswordReset({ email, redirectTo: "https://evil.example/" }),
);
const reset = await mail("ResetPasswordEmail", email);
const link = await fetch(reset.url, { redirect: "manual" });
steps["reset link"] = { data: [link.status, link.headers.get("location")], error: null };
await step(
  "reset with a short password",
  phone.client.resetPassword({ newPassword: "short", token: reset.token }),
);
await step("reset", phone.client.resetPassword({ newPassword: third, token: reset.token }));
await step("reset again", phone.client.resetPassword({ newPassword: third, token: reset.token }));
await step("old password", phone.client.signIn.email({ email, password: second }));
await step("new password", phone.client.signIn.email({ email, password: third }));
steps["reset token length"] = { data: reset.token.length, error: null };

await step("accounts", phone.client.listAccounts());
await step("unlink the last", phone.client.unlinkAccount({ providerId: "credential" }));

await step("change e-mail", phone.client.changeEmail({ newEmail: moved, callbackURL: "/moved" }));
const confirmation = await mail("ChangeEmailConfirmation", email);
await fetch(confirmation.url, {
  redirect: "manual",
  headers: { cookie: [...phone.jar].map(([k, v]) => `${k}=${v}`).join("; ") },
});
await step("confirmed", phone.client.getSession({ query: { disableCookieCache: true } }));
const proof = await mail("VerificationEmail", moved);
await fetch(proof.url, {
  redirect: "manual",
  headers: { cookie: [...phone.jar].map(([k, v]) => `${k}=${v}`).join("; ") },
});
await step("moved", phone.client.getSession({ query: { disableCookieCache: true } }));

await step("delete with a wrong password", phone.client.deleteUser({ password: "wrong" }));
await step("delete", phone.client.deleteUser({ password: third }));
await step("phone after deletion", phone.client.getSession());
await step("signs in after deletion", phone.client.signIn.email({ email: moved, password: third }));

console.log(JSON.stringify(steps));
process.exit(0);
