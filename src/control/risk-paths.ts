/**
 * The frozen data by which `risk-kinds.ts` tells what kind of file a path is: patterns of whole
 * paths and words of names, all lower case. A change here is a new version of the risk rules.
 */

export type PathKind =
  | 'ci'
  | 'agent-config'
  | 'hooks'
  | 'code-owners'
  | 'aedev-policy'
  | 'git-config'
  | 'package-config'
  | 'runner-config'
  | 'manifest'
  | 'lockfile'
  | 'migration'
  | 'auth'
  | 'crypto'
  | 'payment'
  | 'security'
  | 'infra'
  | 'secrets-file'
  | 'vendored'
  | 'generated'
  | 'test'
  | 'docs';

/** Whole-path patterns (see glob.ts), lower case. */
export const PATTERNS: Readonly<Partial<Record<PathKind, readonly string[]>>> = {
  ci: [
    '.github/',
    '.gitlab-ci.yml',
    '.gitlab-ci.yaml',
    '.gitlab/',
    '.circleci/',
    '.buildkite/',
    '.woodpecker/',
    '.woodpecker.y*ml',
    '.drone.y*ml',
    '.travis.y*ml',
    '.appveyor.yml',
    'appveyor.yml',
    'azure-pipelines*.y*ml',
    'bitbucket-pipelines.yml',
    'cloudbuild.y*ml',
    'buildspec.y*ml',
    '.gitea/',
    '.forgejo/',
    '.ci/',
    '**/jenkinsfile',
    '**/renovate.json',
    '**/.pre-commit-config.yaml',
    '**/action.yml',
    '**/action.yaml',
  ],
  'agent-config': [
    '**/.claude/',
    '**/.claude.json',
    '**/.mcp.json',
    '**/mcp.json',
    '**/.vscode/',
    '**/.idea/',
    '**/.zed/',
    '**/.devcontainer/',
    '**/.devcontainer.json',
    '**/.cursor/',
    '**/.cursorrules',
    '**/.cursorignore',
    '**/.windsurf/',
    '**/.windsurfrules',
    '**/.codex/',
    '**/.gemini/',
    '**/.opencode/',
    '**/.continue/',
    '**/.aider*',
    '**/.roo/',
    '**/.roomodes',
    '**/.clinerules',
    '**/.agent/',
    '**/.agents/',
    '**/agents.md',
    '**/agents.override.md',
    '**/claude.md',
    '**/claude.local.md',
    '**/gemini.md',
    '**/skill.md',
    '**/copilot-instructions.md',
  ],
  hooks: ['**/.husky/', '**/.githooks/', '**/git-hooks/', '**/lefthook.y*ml', '**/.lefthook.y*ml'],
  'code-owners': ['**/codeowners'],
  'aedev-policy': ['**/.aedev/', '**/aedev.y*ml', '**/policies.yaml', '**/repos.yaml'],
  'git-config': [
    '**/.gitattributes',
    '**/.gitmodules',
    '**/.gitconfig',
    '**/.git',
    '**/.lfsconfig',
    '**/.mailmap',
  ],
  'package-config': [
    '**/.npmrc',
    '**/.yarnrc',
    '**/.yarnrc.yml',
    '**/.yarn/',
    '**/.pnpmfile.cjs',
    '**/bunfig.toml',
    '**/pip.conf',
    '**/.pypirc',
    '**/nuget.config',
    '**/.cargo/',
    '**/.bundle/',
    '**/.envrc',
    '**/.tool-versions',
    '**/.nvmrc',
    '**/.mise.toml',
  ],
  'runner-config': [
    '**/vitest.config.*',
    '**/vitest.workspace.*',
    '**/vite.config.*',
    '**/jest.config.*',
    '**/jest.setup.*',
    '**/.mocharc*',
    '**/mocha.opts',
    '**/karma.conf.*',
    '**/playwright.config.*',
    '**/cypress.config.*',
    '**/.nycrc*',
    '**/ava.config.*',
    '**/babel.config.*',
    '**/conftest.py',
    '**/pytest.ini',
    '**/.pytest.ini',
    '**/tox.ini',
    '**/noxfile.py',
    '**/setup.cfg',
    '**/sitecustomize.py',
    '**/.coveragerc',
    '**/phpunit.xml*',
    '**/.rspec',
    '**/nextest.toml',
  ],
  manifest: [
    '**/package.json',
    '**/pnpm-workspace.yaml',
    '**/pyproject.toml',
    '**/setup.py',
    '**/requirements*.txt',
    '**/requirements/',
    '**/constraints*.txt',
    '**/pipfile',
    '**/cargo.toml',
    '**/go.mod',
    '**/gemfile',
    '**/*.gemspec',
    '**/composer.json',
    '**/pom.xml',
    '**/build.gradle*',
    '**/settings.gradle*',
    '**/*.csproj',
    '**/directory.packages.props',
    '**/mix.exs',
    '**/pubspec.yaml',
    '**/package.swift',
    '**/deno.json*',
    '**/build.rs',
    '**/environment.y*ml',
  ],
  lockfile: [
    '**/package-lock.json',
    '**/npm-shrinkwrap.json',
    '**/yarn.lock',
    '**/pnpm-lock.yaml',
    '**/bun.lock',
    '**/bun.lockb',
    '**/poetry.lock',
    '**/uv.lock',
    '**/pdm.lock',
    '**/pipfile.lock',
    '**/cargo.lock',
    '**/go.sum',
    '**/gemfile.lock',
    '**/composer.lock',
    '**/gradle.lockfile',
    '**/packages.lock.json',
    '**/mix.lock',
    '**/pubspec.lock',
    '**/package.resolved',
    '**/deno.lock',
    '**/flake.lock',
  ],
  migration: [
    '**/migrations/',
    '**/migration/',
    '**/migrate/',
    '**/alembic/',
    '**/flyway/',
    '**/liquibase/',
    '**/*.sql',
    '**/schema.prisma',
    '**/schema.rb',
  ],
  infra: [
    '**/*.tf',
    '**/*.tfvars',
    '**/*.hcl',
    '**/*.nix',
    '**/dockerfile*',
    '**/*.dockerfile',
    '**/containerfile',
    '**/.dockerignore',
    '**/docker-compose*.y*ml',
    '**/compose*.y*ml',
    '**/*.service',
    '**/vagrantfile',
    '**/procfile',
    '**/fly.toml',
    '**/vercel.json',
    '**/netlify.toml',
    '**/wrangler.toml',
    '**/serverless.y*ml',
    '**/chart.yaml',
  ],
  'secrets-file': [
    '**/.env',
    '**/.env.*',
    '**/*.pem',
    '**/*.key',
    '**/*.p12',
    '**/*.pfx',
    '**/*.jks',
    '**/*.keystore',
    '**/id_rsa*',
    '**/id_ed25519*',
    '**/.netrc',
    '**/.htpasswd',
    '**/authorized_keys',
    '**/.ssh/',
    '**/.aws/',
    '**/.gnupg/',
    '**/kubeconfig',
  ],
  vendored: ['**/vendor/', '**/third_party/', '**/third-party/', '**/node_modules/'],
  generated: [
    '**/dist/',
    '**/build/',
    '**/out/',
    '**/generated/',
    '**/__generated__/',
    '**/*.min.js',
    '**/*.min.css',
    '**/*.generated.*',
    '**/*.gen.*',
    '**/*.pb.go',
    '**/*_pb2.py',
    '**/*.map',
    '**/*.snap',
  ],
  test: [
    '**/test/',
    '**/tests/',
    '**/__tests__/',
    '**/spec/',
    '**/e2e/',
    '**/testdata/',
    '**/*.test.*',
    '**/*.spec.*',
    '**/*_test.*',
    '**/test_*.py',
    '**/*test.java',
    '**/*tests.cs',
    '**/*_spec.rb',
  ],
  docs: [
    '**/*.md',
    '**/*.mdx',
    '**/*.rst',
    '**/*.adoc',
    '**/*.txt',
    '**/license',
    '**/notice',
    '**/changelog',
  ],
};

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
