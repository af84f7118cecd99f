export default () => ({ open() {}, push: 3 });
