package opencode.nexus.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import opencode.nexus.testkit.RealOpenCode;
import opencode.nexus.testkit.ScriptedModel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A place to run gateways in: a directory of its own, a workspace, a scripted model, and OpenCode or its stub. */
final class TestBed implements AutoCloseable {
    private final Path base;
    private final Path program;
    private final Path workspace;
    private final Map<String, String> environment = new TreeMap<>();
    private final @Nullable ScriptedModel model;
    private final @Nullable RealOpenCode opencode;

    private TestBed(
            Path base, Path program, Path workspace, @Nullable ScriptedModel model, @Nullable RealOpenCode real) {
        this.base = base;
        this.program = program;
        this.workspace = workspace;
        this.model = model;
        this.opencode = real;
        if (real != null) {
            environment.putAll(real.environment());
        }
        // Written at the end of the first run, which would make every test a few seconds longer.
        environment.put("NEXUS_CDS", "0");
    }

    /** With the real OpenCode and a scripted model that its workspace names. */
    static TestBed real() throws IOException {
        TestBed bed = withoutModel();
        bed.opencode.use(bed.model);
        return bed;
    }

    /** With the real OpenCode, which has no model of its own. */
    static TestBed withoutModel() throws IOException {
        var program = RealOpenCode.program();
        Assumptions.assumeTrue(program.isPresent(), RealOpenCode.MISSING);
        Path base = Files.createTempDirectory("nexus-it").toRealPath();
        RealOpenCode real = new RealOpenCode(program.get(), base);
        return new TestBed(base, program.get(), real.workspace(), new ScriptedModel(), real);
    }

    /** With a stub, for what is measured without OpenCode. Class data is kept, as for a person. */
    static TestBed stub() throws IOException {
        return stub(0);
    }

    /** With a stub that remembers so many messages. */
    static TestBed stub(int history) throws IOException {
        Path base = Files.createTempDirectory("nexus-it").toRealPath();
        Path workspace = Files.createDirectories(base.resolve("workspace"));
        TestBed bed = new TestBed(base, Bench.stubProgram(base, history), workspace, null, null);
        bed.environment.remove("NEXUS_CDS");
        return bed;
    }

    Path directory(String name) throws IOException {
        return Files.createDirectories(base.resolve(name));
    }

    Path workspace() {
        return workspace;
    }

    /** Whom a gateway with this bed would start, to be started without one. */
    RealOpenCode openCode() {
        if (opencode == null) {
            throw new IllegalStateException("this bed has a stub");
        }
        return opencode;
    }

    ScriptedModel model() {
        if (model == null) {
            throw new IllegalStateException("this bed has no model");
        }
        return model;
    }

    /** How to start a gateway with this home, on a free port. */
    Nexus.Setup setup(Path home) throws IOException {
        return new Nexus.Setup(home, workspace, program, Nexus.freePort(), environment);
    }

    /** Lets the model answer with pieces of its own; returns what to say to get them. */
    String tokens(char letter, int count, int millis) {
        String word = "tokens-" + letter;
        model().on(word, (request, reply) -> {
            for (int i = 1; i <= count; i++) {
                reply.text("%c%04d ".formatted(letter, i));
                reply.pause(Duration.ofMillis(millis));
            }
        });
        return word;
    }

    @Override
    public void close() throws IOException {
        if (opencode != null) {
            opencode.close();
        }
        if (model != null) {
            model.close();
        }
        try (Stream<Path> all = Files.walk(base)) {
            // Best effort: a program that is just ending may still write below it.
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
        }
    }
}
