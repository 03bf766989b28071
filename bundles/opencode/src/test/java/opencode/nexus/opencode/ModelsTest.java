package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.model.ModelOffer;
import org.junit.jupiter.api.Test;

class ModelsTest {
    private static final String HOSTED =
            "{'id':'opencode','name':'OpenCode Zen','models':{'big-pickle':{}},'options':{'apiKey':'public'}}";
    private static final String DEMO = "{'id':'nexus-demo','name':'Demo','models':{'canned':{'name':'Canned'}}}";
    private static final String REAL = "{'id':'anthropic','name':'Anthropic','models':{'big':{},'small':{}}}";
    private static final String DEFAULTS = "{'opencode':'big-pickle','nexus-demo':'canned','anthropic':'big'}";

    @Test
    void theHostedProviderIsNoDefaultUnlessAskedFor() {
        assertThat(models("{}", HOSTED + "," + DEMO).forPrompt(null, null)).contains("nexus-demo/canned");
        assertThat(models("{'model':'opencode/big-pickle'}", HOSTED + "," + DEMO)
                        .forPrompt(null, null))
                .contains("opencode/big-pickle");
        assertThat(models("{'enabled_providers':['opencode','nexus-demo']}", HOSTED + "," + DEMO)
                        .forPrompt(null, null))
                .contains("opencode/big-pickle");
    }

    @Test
    void aHostedProviderWithAKeyIsTheOwnersOwn() {
        String withKey = "{'id':'opencode','key':'k','models':{'big-pickle':{}},'options':{'apiKey':'public'}}";

        assertThat(models("{}", withKey + "," + DEMO).forPrompt(null, null)).contains("opencode/big-pickle");
    }

    @Test
    void aProviderConnectedByItsKeyWinsOverTheOffer() {
        // The offer is the only provider the configuration names: OpenCode by itself would take it.
        assertThat(models("{'provider':{'nexus-demo':{}}}", REAL + "," + HOSTED + "," + DEMO)
                        .forPrompt(null, null))
                .contains("anthropic/big");
    }

    @Test
    void aProviderThatTheConfigurationNamesComesBeforeOthers() {
        String mine = "{'id':'mine','models':{'m':{}}}";
        Models models = new Models(
                json("{'provider':{'nexus-demo':{},'mine':{}}}"),
                json("{'providers':[" + REAL + "," + mine + "," + DEMO + "],'default':{'anthropic':'big','mine':'m'}}"),
                json("[]"),
                new FixedOffer());

        assertThat(models.preferred()).contains("mine/m");
    }

    @Test
    void theConfiguredModelWins() {
        assertThat(models("{'model':'anthropic/small'}", REAL + "," + DEMO).preferred())
                .contains("anthropic/small");
    }

    @Test
    void aConfiguredModelThatIsNotConnectedGivesWayToTheOfferOnly() {
        assertThat(models("{'model':'lost/one'}", REAL + "," + DEMO).preferred())
                .contains("nexus-demo/canned");
        assertThat(models("{'model':'lost/one'}", REAL).preferred()).contains("lost/one");
    }

    @Test
    void whatTheOwnerUsedLastInTheTerminalWinsOverTheFirstProvider() {
        Models models = new Models(
                json("{}"),
                json("{'providers':[" + REAL + "," + HOSTED + "," + DEMO + "],'default':" + DEFAULTS + "}"),
                json("[{'providerID':'gone','modelID':'x'},{'providerID':'opencode','modelID':'big-pickle'}]"),
                new FixedOffer());

        assertThat(models.preferred()).contains("opencode/big-pickle");
    }

    @Test
    void theSessionsModelStays() {
        assertThat(models("{}", REAL + "," + DEMO).forPrompt("anthropic/small", null))
                .isEmpty();
        assertThat(models("{}", HOSTED + "," + DEMO).forPrompt("opencode/big-pickle", null))
                .isEmpty();
    }

    @Test
    void aSessionOfTheOfferMovesToARealModelWhenThereIsOne() {
        assertThat(models("{}", REAL + "," + DEMO).forPrompt("nexus-demo/canned", null))
                .contains("anthropic/big");
        assertThat(models("{}", HOSTED + "," + DEMO).forPrompt("nexus-demo/canned", null))
                .contains("nexus-demo/canned");
    }

    @Test
    void theModelOfTheAgentStays() {
        String config = "{'agent':{'build':{'model':'anthropic/small'},'plan':{}}}";

        assertThat(models(config, REAL + "," + DEMO).forPrompt(null, null)).isEmpty();
        assertThat(models(config, REAL + "," + DEMO).forPrompt(null, "plan")).contains("anthropic/big");
        assertThat(models("{'default_agent':'plan','mode':{'plan':{'model':'a/b'}}}", REAL)
                        .forPrompt(null, null))
                .isEmpty();
    }

    @Test
    void nothingIsSentAwayWhenOnlyTheHostedProviderIsLeft() {
        assertThatThrownBy(() -> models("{}", HOSTED).forPrompt(null, null))
                .isInstanceOfSatisfying(
                        NexusException.class, e -> assertThat(e.code()).isEqualTo("no-model"));
    }

    @Test
    void withoutAnyProviderOpenCodeExplainsItself() {
        assertThat(models("{}", "").forPrompt(null, null)).isEmpty();
    }

    @Test
    void anOfferThatTheOwnerShutOutIsNotUsed() {
        assertThat(models("{'enabled_providers':['anthropic']}", REAL).forPrompt("nexus-demo/canned", null))
                .contains("anthropic/big");
    }

    @Test
    void theDefaultComesFirstInTheList() {
        assertThat(models("{'model':'anthropic/small'}", HOSTED + "," + REAL + "," + DEMO)
                        .all())
                .containsExactly(
                        new Model("anthropic/small", "small", "Anthropic", true, false, List.of()),
                        new Model("opencode/big-pickle", "big-pickle", "OpenCode Zen", false, false, List.of()),
                        new Model("anthropic/big", "big", "Anthropic", false, false, List.of()),
                        new Model("nexus-demo/canned", "Canned", "Demo", false, true, List.of()));
    }

    @Test
    void aModelTellsWhatItCanRead() {
        String eyes = "{'id':'p','models':{'eyes':{'capabilities':{'attachment':false,"
                + "'input':{'text':true,'audio':false,'image':true,'pdf':true}}},"
                + "'old':{'capabilities':{'attachment':true}},'unknown':{}}}";

        assertThat(models("{}", eyes).all())
                .extracting(Model::id, Model::inputs)
                .containsExactlyInAnyOrder(
                        tuple("p/eyes", List.of("text", "image", "pdf")),
                        tuple("p/old", List.of("text", "image")),
                        tuple("p/unknown", List.of()));
    }

    @Test
    void theOfferIsTheDefaultOfAMachineWithoutModels() {
        assertThat(models("{}", HOSTED + "," + DEMO).all().get(0))
                .isEqualTo(new Model("nexus-demo/canned", "Canned", "Demo", true, true, List.of()));
    }

    private static Models models(String config, String providers) {
        ModelOffer offer = new FixedOffer();
        return new Models(
                json(config), json("{'providers':[" + providers + "],'default':" + DEFAULTS + "}"), json("[]"), offer);
    }

    private static JsonNode json(String text) {
        try {
            return Wire.MAPPER.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
