/** Swagger UI for the service's OpenAPI document, with a player for the sounds that come back. */

/**
 * Plays the bytes that came. Swagger UI's own player asks for the address again, which only a GET allows.
 * @param {any} system  of Swagger UI, with its React
 */
function soundPlayer({ React }) {
  /** @param {any} Original */
  const playing = (Original) =>
    /** @param {any} props */
    (props) => {
      const { content, contentType } = props;
      const isSound = content instanceof Blob && contentType.startsWith("audio/");
      const url = React.useMemo(() => (isSound ? URL.createObjectURL(content) : ""), [content, isSound]);
      return isSound ? React.createElement("audio", { controls: true, src: url }) : React.createElement(Original, props);
    };
  return { wrapComponents: { responseBody: playing } };
}

const { SwaggerUIBundle } = /** @type {any} */ (window);
SwaggerUIBundle({
  dom_id: "#viewer",
  url: "openapi.json",
  plugins: [soundPlayer],
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null, // it is on another host
});
