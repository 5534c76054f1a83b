// A real OpenID provider for the tests. Whoever logs in as `wang!a,b` is wang, with the groups a and b.
import Provider from "oidc-provider";

const [port, back, secret] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "mingchu", client_secret: secret, redirect_uris: [back], response_types: ["code"], grant_types: ["authorization_code"] }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, id) => {
    const [login, groups = ""] = id.split("!");
    return { accountId: id, claims: () => ({ sub: login, name: `姓名${login}`, preferred_username: login, groups: groups.split(",") }) };
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
