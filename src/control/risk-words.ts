/** The frozen words of names by which `risk-kinds.ts` knows a sensitive area; part of the risk rules. */
import type { PathKind } from './risk-paths.ts';

/** Words of a path that tell a sensitive area: `src/userSession.ts` has user and session. */
export const WORDS: Readonly<Partial<Record<PathKind, ReadonlySet<string>>>> = {
  auth: new Set(
    (
      'auth authn authz authenticate authentication authenticator authorize authorization oauth ' +
      'oauth2 oidc saml sso login logout signin signup password passwords passwd session sessions ' +
      'jwt acl rbac permission permissions credential credentials csrf xsrf mfa totp otp 2fa ' +
      'webauthn passkey impersonate impersonation'
    ).split(' '),
  ),
  crypto: new Set(
    (
      'crypto cryptography cipher encrypt encryption decrypt decryption signing signature ' +
      'signatures signer tls ssl cert certs certificate certificates keystore keyring hmac pki kms'
    ).split(' '),
  ),
  payment: new Set(
    (
      'payment payments pay billing invoice invoices checkout stripe paypal refund refunds ' +
      'ledger payout payouts subscription subscriptions pricing wallet'
    ).split(' '),
  ),
  security: new Set(
    (
      'security sandbox firewall sanitize sanitizer sanitise sanitiser xss ssrf cors csp vault ' +
      'secret secrets privacy gdpr audit policy policies'
    ).split(' '),
  ),
  infra: new Set(
    (
      'terraform k8s kubernetes helm ansible pulumi cloudformation deploy deployment deployments ' +
      'infra infrastructure docker nginx systemd'
    ).split(' '),
  ),
};
