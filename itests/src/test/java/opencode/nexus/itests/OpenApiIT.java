package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/openapi.yaml} against the running system: what it lists is there, shut, and answers in the shape it says. */
class OpenApiIT {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    /** What the answers are asked for with, where it makes a difference. */
    private static final Map<String, String> QUERY = Map.of("messageId", "{message}", "q", "w000", "format", "json");

    private static TestBed bed;
    private static Nexus nexus;
    private static Owner owner;
    private static String session;
    private static String message;
    private static JsonNode document;

    private record Operation(String method, String path, JsonNode description) {
        /** The path with the ids of things that exist, and what its query has to name. */
        String concrete() {
            String concrete = path.replace("{id}", session)
                    .replace("{messageId}", message)
                    .replace("{partId}", "prt_none")
                    .replace("{uploadId}", "0".repeat(32))
                    .replace("{group}", "opencode")
                    .replace("{attemptId}", "none");
            List<String> query = new ArrayList<>();
            for (JsonNode one : description.path("parameters")) {
                JsonNode parameter =
                        one.has("$ref") ? document.at(one.path("$ref").asText().substring(1)) : one;
                String name = parameter.path("name").asText();
                if (QUERY.containsKey(name) && parameter.path("in").asText().equals("query")) {
                    query.add(name + "=" + QUERY.get(name));
                }
            }
            return concrete + (query.isEmpty() ? "" : "?" + String.join("&", query)).replace("{message}", message);
        }

        boolean isPublic() {
            return description.path("security").isArray()
                    && description.path("security").isEmpty();
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    @BeforeAll
    static void start() throws Exception {
        document = new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("../docs/openapi.yaml").toFile());
        bed = TestBed.real();
        nexus = Nexus.run(bed.setup(bed.directory("nexus-home")));
        owner = Owner.setUp(nexus);
        owner.awaitServer();
        session = owner.newSession("Described");
        message = owner.say(session, "words:3:0");
        owner.await("/api/chat/sessions/" + session + "/messages", answer -> answer.text()
                .contains("w0002"));
        owner.say(session, "permission");
        owner.await("/api/chat/requests", answer -> !answer.json().isEmpty());
        owner.say(session, "This waits.");
    }

    @AfterAll
    static void stop() throws Exception {
        if (nexus != null) {
            nexus.close();
        }
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void whatIsNotPublicIsShutToStrangers() throws Exception {
        Owner stranger = new Owner(nexus.uri("/"));
        List<Operation> operations = operations();
        assertThat(operations).hasSizeGreaterThan(45);
        for (Operation operation : operations) {
            if (operation.isPublic()) {
                continue;
            }
            Object body = operation.method().equals("GET") || operation.method().equals("DELETE") ? null : Map.of();
            Owner.Answer answer = stranger.call(operation.method(), operation.concrete(), body);
            assertThat(answer.status()).as(operation.toString()).isEqualTo(401);
            assertThat(problems(schema("Problem"), answer.json()))
                    .as(operation.toString())
                    .isEmpty();
        }
        assertThat(operations.stream().filter(Operation::isPublic).map(Operation::toString))
                .containsExactlyInAnyOrder(
                        "GET /api/health",
                        "GET /api/setup",
                        "POST /api/setup",
                        "POST /api/login",
                        // At the public address; here it is shut like all others.
                        "POST /api/login/link");
    }

    @Test
    void whatIsReadHasTheShapeThatIsDescribed() throws Exception {
        int compared = 0;
        for (Operation operation : operations()) {
            JsonNode described = operation
                    .description()
                    .path("responses")
                    .path("200")
                    .path("content")
                    .path("application/json")
                    .path("schema");
            if (!operation.method().equals("GET")
                    || described.isMissingNode()
                    || operation.path().equals("/api/events")
                    // Nothing has failed here.
                    || operation.path().contains("{attemptId}")) {
                continue;
            }
            Owner.Answer answer = owner.get(operation.concrete());
            assertThat(answer.status()).as(operation + answer.text()).isEqualTo(200);
            assertThat(problems(described, answer.json()))
                    .as(operation + " " + answer.text())
                    .isEmpty();
            compared++;
        }
        assertThat(compared).isGreaterThanOrEqualTo(20);
        assertThat(owner.get("/api/chat/requests").json()).isNotEmpty();
        assertThat(owner.get("/api/chat/sessions/" + session + "/queue").json().path("messages"))
                .isNotEmpty();
    }

    private static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        document.path("paths")
                .fields()
                .forEachRemaining(path -> path.getValue().fields().forEachRemaining(method -> {
                    if (METHODS.contains(method.getKey())) {
                        operations.add(new Operation(
                                method.getKey().toUpperCase(Locale.ROOT), path.getKey(), method.getValue()));
                    }
                }));
        return operations;
    }

    private static JsonNode schema(String name) {
        return document.path("components").path("schemas").path(name);
    }

    /** What is wrong with a value; references lead into the whole document. */
    private static List<String> problems(JsonNode schema, JsonNode value) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", document.path("components"));
        return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole).validate(value).stream()
                .map(Object::toString)
                .toList();
    }
}
