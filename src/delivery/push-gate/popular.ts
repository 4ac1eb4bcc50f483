/**
 * Names of packages that many depend on, which is why others imitate them. Frozen: a name here is
 * never itself suspicious, and a new one close to it is.
 */
const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const POPULAR = {
  npm: list(`
    react react-dom next vue angular svelte express fastify koa hono axios lodash moment dayjs
    date-fns chalk commander yargs minimist debug dotenv webpack rollup vite esbuild babel-core
    typescript eslint prettier jest vitest mocha chai sinon cypress playwright puppeteer request
    node-fetch undici got superagent cross-env cross-spawn rimraf mkdirp glob globby fs-extra
    semver uuid nanoid classnames styled-components redux react-redux zustand rxjs async bluebird
    underscore jquery bootstrap tailwindcss postcss autoprefixer sass less ws socket.io mongoose
    mongodb mysql mysql2 pg redis ioredis sequelize knex prisma typeorm jsonwebtoken bcrypt bcryptjs
    passport helmet cors body-parser cookie-parser multer nodemailer winston pino morgan validator
    joi yup zod ajv ethers web3 discord.js electron nodemon concurrently husky lint-staged inquirer
    ora execa shelljs cheerio jsdom sharp colors event-stream ua-parser-js coa rc tslib acorn
    ms qs he ip nx turbo lerna pnpm npm yarn serve http-server crypto-js dompurify marked preact tslint
    camelcase camel-case object.assign safer-buffer mssql enquirer jsdoc dotenvx scrypt is-array
    isarray object-assign inherits picomatch micromatch readable-stream safe-buffer`),
  pypi: list(`
    requests urllib3 boto3 botocore numpy pandas scipy matplotlib scikit-learn tensorflow torch
    keras django flask fastapi starlette uvicorn gunicorn sqlalchemy alembic psycopg2 pymysql
    redis celery pytest tox black flake8 mypy ruff isort pylint setuptools wheel pip virtualenv
    poetry click typer rich pyyaml jinja2 markupsafe werkzeug cryptography pyjwt paramiko
    beautifulsoup4 lxml scrapy selenium pillow opencv-python python-dateutil pytz six attrs
    pydantic httpx aiohttp websockets protobuf grpcio openai anthropic transformers langchain
    psycopg scapy pymssql websocket websocket-client
    colorama tqdm certifi idna chardet packaging discord`),
  cargo: list(`
    serde serde_json tokio rand clap anyhow thiserror reqwest hyper axum actix-web regex log
    env_logger tracing chrono uuid futures async-trait lazy_static once_cell rayon itertools
    syn quote proc-macro2 libc bytes rustls openssl sqlx diesel tonic prost`),
  go: list(`
    github.com/stretchr/testify github.com/sirupsen/logrus github.com/spf13/cobra github.com/spf13/viper
    github.com/spf13/pflag github.com/gin-gonic/gin github.com/labstack/echo github.com/gorilla/mux
    github.com/gorilla/websocket github.com/google/uuid github.com/google/go-cmp github.com/pkg/errors
    github.com/prometheus/client_golang github.com/golang/protobuf github.com/golang/mock
    github.com/lib/pq github.com/jackc/pgx github.com/go-sql-driver/mysql github.com/mattn/go-sqlite3
    github.com/redis/go-redis github.com/gofiber/fiber github.com/go-chi/chi github.com/jmoiron/sqlx
    github.com/aws/aws-sdk-go github.com/aws/aws-sdk-go-v2 github.com/boltdb/bolt github.com/urfave/cli
    github.com/fatih/color github.com/rs/zerolog github.com/hashicorp/vault github.com/golang-jwt/jwt
    github.com/davecgh/go-spew github.com/pmezard/go-difflib go.uber.org/zap google.golang.org/grpc
    google.golang.org/protobuf golang.org/x/net golang.org/x/sys golang.org/x/text golang.org/x/crypto
    golang.org/x/sync golang.org/x/tools golang.org/x/mod golang.org/x/term golang.org/x/time
    golang.org/x/oauth2 golang.org/x/exp gopkg.in/yaml.v2 gopkg.in/yaml.v3 gorm.io/gorm`),
} as const;
export type Ecosystem = keyof typeof POPULAR;
