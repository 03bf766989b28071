package opencode.nexus.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.demo.protocol.ChatCompletions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers canned answers on loopback. Port and key are kept, so that an OpenCode that outlived the gateway still finds its
 * model afterwards.
 */
@Component(immediate = true)
public final class DemoModel implements ModelOffer {
    private static final Logger LOG = LoggerFactory.getLogger(DemoModel.class);
    private static final String MODEL = "demo";
    private static final String TITLE_MODEL = "demo-titles";
    private static final Duration HUMAN_PACE = Duration.ofMillis(20);

    private final NexusHome home;
    private final String key;
    private final ChatCompletions server;

    @Activate
    public DemoModel(@Reference NexusHome home) {
        this(home, HUMAN_PACE);
    }

    /** @param pace time between two words */
    DemoModel(NexusHome home, Duration pace) {
        this.home = home;
        Path directory = home.directory("demo");
        this.key = key(directory.resolve("key"));
        this.server = serve(directory.resolve("port"), new DemoScript(new CannedAnswers(), pace, TITLE_MODEL));
        LOG.info("Demo model (canned answers, no AI) at {}", server.baseUrl());
    }

    @Override
    public String providerId() {
        return "nexus-demo";
    }

    @Override
    public String providerName() {
        return "Demo – canned answers, no AI";
    }

    @Override
    public String modelId() {
        return MODEL;
    }

    @Override
    public String titleModelId() {
        return TITLE_MODEL;
    }

    @Override
    public URI baseUrl() {
        return server.baseUrl();
    }

    @Override
    public String apiKey() {
        return key;
    }

    @Deactivate
    void close() {
        server.close();
    }

    private String key(Path file) {
        Optional<String> kept = text(file).filter(text -> text.matches("[0-9a-f]{64}"));
        if (kept.isPresent()) {
            return kept.get();
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String made = HexFormat.of().formatHex(random);
        home.write(file, made.getBytes(US_ASCII));
        return made;
    }

    private ChatCompletions serve(Path file, DemoScript script) {
        ChatCompletions.Settings settings = new ChatCompletions.Settings(
                "nexus-demo", List.of(MODEL, TITLE_MODEL), key, 64, 32 * 1024 * 1024, Duration.ofSeconds(20));
        int kept = text(file)
                .filter(text -> text.matches("[1-9][0-9]{3,4}"))
                .map(Integer::parseInt)
                .filter(port -> port <= 65_535)
                .orElse(0);
        if (kept != 0) {
            try {
                return new ChatCompletions(kept, settings, script);
            } catch (IOException e) {
                LOG.warn("Port {} of the demo model is taken; it moves to another", kept);
            }
        }
        try {
            ChatCompletions server = new ChatCompletions(0, settings, script);
            home.write(file, String.valueOf(server.port()).getBytes(US_ASCII));
            return server;
        } catch (IOException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "no-demo-model",
                    "The demo model cannot listen on 127.0.0.1; check the machine's network settings.",
                    e);
        }
    }

    private Optional<String> text(Path file) {
        return home.read(file).map(bytes -> new String(bytes, US_ASCII).strip());
    }
}
