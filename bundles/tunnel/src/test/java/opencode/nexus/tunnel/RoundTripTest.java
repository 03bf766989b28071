package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import opencode.nexus.testkit.FakeClock;
import org.junit.jupiter.api.Test;

class RoundTripTest {
    private final FakeClock clock = new FakeClock();

    @Test
    void aNameThatIsNotKnownYetIsASentence() {
        RoundTripLight light = ask(url -> {
            throw new UnknownHostException(url.getHost());
        });

        assertThat(light.lamp()).isEqualTo(Lamp.OFF);
        assertThat(light.problem())
                .isEqualTo("The name of the public address is not known here. A new one may take a minute.");
        assertThat(light.at()).isEqualTo(clock.instant());
    }

    @Test
    void whoeverElseAnswersIsNotThisNexus() {
        RoundTripLight light = ask(url -> new ByteArrayInputStream("<html>Somebody else</html>".getBytes(UTF_8)));

        assertThat(light.lamp()).isEqualTo(Lamp.OFF);
        assertThat(light.problem()).contains("somebody else");
    }

    @Test
    void anyOtherFailureIsNamed() {
        RoundTripLight light = ask(url -> {
            throw new IOException("the answer has status 530");
        });

        assertThat(light.problem()).contains("status 530");
    }

    @Test
    void whereAnotherLoginStandsBeforeItNothingIsKnown() {
        RoundTripLight light = ask(url -> {
            throw new RoundTrip.AccessAsks();
        });

        assertThat(light.lamp()).isEqualTo(Lamp.UNKNOWN);
        assertThat(light.problem()).contains("Cloudflare Access");
        assertThat(light.at()).isEqualTo(clock.instant());
        assertThat(RoundTrip.isAccess("https://boats.cloudflareaccess.com/cdn-cgi/access/login/x?kid=1"))
                .isTrue();
        for (String other : new String[] {
            "https://cloudflareaccess.com.evil.example/",
            "https://evil.example/.cloudflareaccess.com",
            "/login",
            "http://[",
            ""
        }) {
            assertThat(RoundTrip.isAccess(other)).as(other).isFalse();
        }
        assertThat(RoundTrip.isAccess(null)).isFalse();
    }

    private RoundTripLight ask(RoundTrip.Way way) {
        return new RoundTrip(way, clock).ask(URI.create("https://quiet-lake.trycloudflare.com"), Door.PROBE);
    }
}
