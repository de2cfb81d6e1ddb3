/** What both drives share: browsers with the official client, and the record of its steps. */

const [version, origin] = process.argv.slice(2);
const { createAuthClient } = await import(`better-auth-${version}/client`);
const { inferAdditionalFields } = await import(`better-auth-${version}/client/plugins`);

export { origin, version };

/** A browser's fetch: keeps cookies, sends them back, and names the page's origin. */
function browserFetch() {
  const jar = new Map();
  const fetchWithCookies = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (jar.size) headers.set("cookie", [...jar].map(([k, v]) => `${k}=${v}`).join("; "));
    const response = await fetch(input, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/;\s*/);
      const name = pair.slice(0, pair.indexOf("="));
      const expired = attributes.some((text) => text.toLowerCase() === "max-age=0");
      if (expired) jar.delete(name);
      else jar.set(name, pair.slice(name.length + 1));
    }
    return response;
  };
  return { jar, fetchWithCookies };
}

export function openBrowser() {
  const { jar, fetchWithCookies } = browserFetch();
  const client = createAuthClient({
    baseURL: origin,
    fetchOptions: { customFetchImpl: fetchWithCookies },
    plugins: [inferAdditionalFields({ user: { nickname: { type: "string" } } })],
  });
  return { client, jar };
}

export const steps = {};
export async function step(name, promise) {
  const { data, error } = await promise;
  steps[name] = { data: data ?? null, error: error ?? null };
  return data;
}

