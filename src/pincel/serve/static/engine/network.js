// Model files and what runs them: onnxruntime-web, one thread of WebAssembly. Everything is fetched once, from our own origin.

/** What the person should know when a model cannot be had or run. */
export class NetworkError extends Error {}

const MOST_MODELS = 2; // loaded at once

/**
 * Fetch a file and tell how far it is.
 *
 * @param {(loaded: number) => void} tell bytes so far, as they come
 */
async function fetched(url, headers, tell) {
  let response;
  try {
    response = await fetch(url, { headers });
  } catch {
    throw new NetworkError("A part of Pincel could not be loaded; is there a connection?");
  }
  if (!response.ok) throw new NetworkError(`A part of Pincel could not be loaded (error ${response.status}).`);
  let loaded = 0;
  const counted = new TransformStream({
    transform(piece, controller) {
      tell((loaded += piece.byteLength));
      controller.enqueue(piece);
    },
  });
  return response.body.pipeThrough(counted);
}

const bytesOf = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

export class Networks {
  #runtime;
  #ort = null;
  #sessions = new Map(); // url -> promise of a session, the oldest first

  /** @param {{script: string, module: string, binary: string, bytes: number}} runtime addresses of onnxruntime-web's files */
  constructor(runtime) {
    this.#runtime = runtime;
  }

  /**
   * A loaded model.
   *
   * @param {{url: string, bytes: number}} model
   * @param {object} headers of requests for it
   * @param {(share: number) => void} tell how far runtime and model are, 0..1
   */
  session(model, headers, tell) {
    const kept = this.#sessions.get(model.url);
    const session = kept ?? this.#load(model, headers, tell);
    this.#sessions.delete(model.url);
    this.#sessions.set(model.url, session);
    for (const [url, old] of this.#sessions) {
      if (this.#sessions.size <= MOST_MODELS) break;
      this.#sessions.delete(url);
      old.then((one) => one.release()).catch(() => {});
    }
    session.catch(() => this.#sessions.delete(model.url)); // the next one tries again
    return session;
  }

  async #load(model, headers, tell) {
    const all = model.bytes + (this.#ort ? 0 : this.#runtime.bytes);
    const loaded = { runtime: 0, model: 0 };
    const told = (part) => (bytes) => {
      loaded[part] = bytes;
      tell(Math.min(1, (loaded.runtime + loaded.model) / all));
    };
    this.#ort ??= this.#start(told("runtime"));
    this.#ort.catch(() => (this.#ort = null));
    const [ort, bytes] = await Promise.all([this.#ort, fetched(model.url, headers, told("model")).then(bytesOf)]);
    try {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
      ort.env.wasm.wasmBinary = undefined; // 14 MB that were only needed to begin
      return new Session(ort, session);
    } catch (error) {
      throw new NetworkError(`This model cannot be run in a browser (${String(error?.message ?? error).slice(0, 120)}).`);
    }
  }

  async #start(told) {
    const { script, module, binary } = this.#runtime;
    const [ort, packed] = await Promise.all([import(script), fetched(binary, {}, told)]);
    ort.env.wasm.numThreads = 1; // more need headers that few hosts send, and were slower on two cores
    ort.env.wasm.wasmPaths = { mjs: module };
    ort.env.wasm.wasmBinary = await bytesOf(packed.pipeThrough(new DecompressionStream("gzip")));
    ort.env.logLevel = "error";
    return ort;
  }
}

class Session {
  #ort;
  #session;

  constructor(ort, session) {
    [this.#ort, this.#session] = [ort, session];
  }

  release() {
    return this.#session.release();
  }

  /**
   * One output of the network for one picture.
   *
   * @param {string} name of the output
   * @param {Float32Array} source planes in -1..1 @param {number[]} shape channels, height, width
   * @param {number|null} label number of the class; null: the model takes none
   * @returns {Promise<Float32Array>}
   */
  async run(name, source, shape, label) {
    const { Tensor } = this.#ort;
    const feeds = {};
    for (const input of this.#session.inputNames) {
      if (input === "label") feeds.label = new Tensor("int64", BigInt64Array.of(BigInt(label)), [1]);
      else feeds[input] = new Tensor("float32", source, [1, ...shape]);
    }
    let output;
    try {
      output = (await this.#session.run(feeds, [name]))[name];
    } catch (error) {
      throw new NetworkError(`There is not enough memory to paint this here (${String(error?.message ?? error).slice(0, 120)}).`);
    }
    const values = output.data.slice();
    output.dispose();
    return values;
  }
}
